# CMake generated Testfile for 
# Source directory: /tmp/h3/scratch/src/base
# Build directory: /tmp/h3/scratch/src/base
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
