file(REMOVE_RECURSE
  "libpql_grammar.a"
)
