# Empty dependencies file for pql_grammar.
# This may be replaced when dependencies are built.
