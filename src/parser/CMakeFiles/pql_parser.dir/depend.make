# Empty dependencies file for pql_parser.
# This may be replaced when dependencies are built.
