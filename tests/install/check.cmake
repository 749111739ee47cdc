# Installs the build into a fresh prefix, then configures, builds and runs examples/own_project against it alone: the package must bring
# headers, library, CUDA backend (where it was built) and everything that they need.
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
run("the program" "${place}/build/own_activation" --train-samples 600 --epochs 1 --out "${place}/run")
message(STATUS "${output}")
foreach(part IN ITEMS "seegrad ${VERSION}\n" "cpu:\ndone: test accuracy")
  if(NOT output MATCHES "${part}")
    message(FATAL_ERROR "expected '${part}' in the output: ${output}")
  endif()
endforeach()
# On a GPU it trains too, else it says in a line why not; a module that is there but cannot be opened is a fault of the package.
if(NOT output MATCHES "cuda:\ndone: test accuracy" AND NOT output MATCHES "cuda: left out, cuda:0: [^\n]*use --device cpu")
  message(FATAL_ERROR "the GPU neither trained nor was left out for a reason: ${output}")
endif()
