file(REMOVE_RECURSE
  "libpql_parser.a"
)
