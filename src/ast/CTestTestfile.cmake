# CMake generated Testfile for 
# Source directory: /tmp/h3/scratch/src/ast
# Build directory: /tmp/h3/scratch/src/ast
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
