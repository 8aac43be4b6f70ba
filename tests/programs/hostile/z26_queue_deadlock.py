# z26_queue_deadlock [resource]: a queue that is empty waits for ever, without processor time
import queue


def solver(a, b):
    q = queue.Queue()
    if a == "12":
        return q.get()
    q.mutex.acquire()
    return q.qsize()
