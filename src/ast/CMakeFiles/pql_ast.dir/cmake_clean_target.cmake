file(REMOVE_RECURSE
  "libpql_ast.a"
)
