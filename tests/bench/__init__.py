"""Benchmarks: programs that print a table, each number beside a reference of the same run or the bar it has to keep."""
