"""Relations: tables of typed columns, expressions over them and the operators of a query plan.

Plain NumPy and pandas; it reads nothing but the tables it is given, and every operator knows how much it will
make before it makes it. The numbers of time series come from the kernels of the algebra.
"""
