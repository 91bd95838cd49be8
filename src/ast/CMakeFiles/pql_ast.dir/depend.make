# Empty dependencies file for pql_ast.
# This may be replaced when dependencies are built.
