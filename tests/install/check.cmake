# Installs the build into a fresh prefix, then configures, builds and runs the small project here against it alone.
set(place "${BUILD}/install_check")
file(REMOVE_RECURSE "${place}")

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${what} failed (${code}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run("cmake --install" "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${place}/prefix")
run("configure" "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${place}/build" -G "${GENERATOR}"
    "-DCMAKE_PREFIX_PATH=${place}/prefix" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}")
run("build" "${CMAKE_COMMAND}" --build "${place}/build")
run("the program" "${place}/build/three_lines")
message(STATUS "${output}")
if(NOT output STREQUAL "seegrad ${VERSION}: relu(-1) = 0, relu(2) = 2\n")
  message(FATAL_ERROR "unexpected output: ${output}")
endif()
