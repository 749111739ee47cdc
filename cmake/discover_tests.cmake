# After each build of a Catch2 program: writes the list of its test cases for CTest, every case a test of its own.
# (Catch2's own script cuts names at semicolons and takes names that begin with "--" for options.)
#   cmake -D PROGRAM=... -D FOLDER=(working directory) -D LIST=(file to write) -P discover_tests.cmake
execute_process(COMMAND "${PROGRAM}" --list-test-names-only OUTPUT_VARIABLE names RESULT_VARIABLE count
                WORKING_DIRECTORY "${FOLDER}")
if(NOT count MATCHES "^[0-9]+$") # Catch2 2 answers with the number of cases
  message(FATAL_ERROR "${PROGRAM} does not list its test cases: ${count}")
endif()

# CMake lists end at ';' and count brackets, so these letters travel in disguise.
string(REPLACE "[" "<open>" names "${names}")
string(REPLACE "]" "<close>" names "${names}")
string(REPLACE ";" "<semicolon>" names "${names}")
string(REPLACE "\\" "<backslash>" names "${names}")
string(REGEX REPLACE "\n+" ";" names "${names}")

set(text "# Written by discover_tests.cmake\n")
foreach(name IN LISTS names)
  if(name STREQUAL "")
    continue()
  endif()
  string(REPLACE "<open>" "[" name "${name}")
  string(REPLACE "<close>" "]" name "${name}")
  string(REPLACE "<semicolon>" ";" name "${name}")
  string(REPLACE "<backslash>" "\\" name "${name}")
  # Catch2 reads a pattern: ',' joins, '[' begins a tag, '~' and '-' at the front exclude or are options.
  string(REPLACE "\\" "\\\\" pattern "${name}")
  string(REPLACE "," "\\," pattern "${pattern}")
  string(REPLACE "[" "\\[" pattern "${pattern}")
  string(REGEX REPLACE "^([~-])" "\\\\\\1" pattern "${pattern}")
  # A pattern that matches nothing is a failure (NoTests), not a silent pass.
  string(APPEND text "add_test([==[${name}]==] [==[${PROGRAM}]==] [==[${pattern}]==] -w NoTests)\n"
                     "set_tests_properties([==[${name}]==] PROPERTIES WORKING_DIRECTORY [==[${FOLDER}]==] TIMEOUT 600)\n")
endforeach()
file(WRITE "${LIST}" "${text}")
