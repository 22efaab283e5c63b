"""The series algebra: values, the registry of functions, plans and their execution. Knows no Django."""
