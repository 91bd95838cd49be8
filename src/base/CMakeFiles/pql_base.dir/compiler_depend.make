# Empty compiler generated dependencies file for pql_base.
# This may be replaced when dependencies are built.
