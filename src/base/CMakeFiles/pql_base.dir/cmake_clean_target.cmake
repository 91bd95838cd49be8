file(REMOVE_RECURSE
  "libpql_base.a"
)
