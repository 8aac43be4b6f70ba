import sys
def solver(n1, n2):
    return n1 + n2
a, b = input().split()
print(solver(a, b))
sys.exit(0)
