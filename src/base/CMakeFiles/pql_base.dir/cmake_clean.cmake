file(REMOVE_RECURSE
  "CMakeFiles/pql_base.dir/clock.cc.o"
  "CMakeFiles/pql_base.dir/clock.cc.o.d"
  "CMakeFiles/pql_base.dir/file_system.cc.o"
  "CMakeFiles/pql_base.dir/file_system.cc.o.d"
  "CMakeFiles/pql_base.dir/number_text.cc.o"
  "CMakeFiles/pql_base.dir/number_text.cc.o.d"
  "CMakeFiles/pql_base.dir/strings.cc.o"
  "CMakeFiles/pql_base.dir/strings.cc.o.d"
  "CMakeFiles/pql_base.dir/time_text.cc.o"
  "CMakeFiles/pql_base.dir/time_text.cc.o.d"
  "CMakeFiles/pql_base.dir/unicode.cc.o"
  "CMakeFiles/pql_base.dir/unicode.cc.o.d"
  "CMakeFiles/pql_base.dir/unicode_identifier.cc.o"
  "CMakeFiles/pql_base.dir/unicode_identifier.cc.o.d"
  "libpql_base.a"
  "libpql_base.pdb"
)

# Per-language clean rules from dependency scanning.
foreach(lang CXX)
  include(CMakeFiles/pql_base.dir/cmake_clean_${lang}.cmake OPTIONAL)
endforeach()
