def solver(n1, n2):
    return str(int(n1) + int(n2))
print(solver("1", "2"))
assert solver("1", "2") == "4", "this self-test is wrong"
HELPER = 1
