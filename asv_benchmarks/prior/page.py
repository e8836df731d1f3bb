def write(x): return ""
