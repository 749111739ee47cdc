# Runs for the checks that read what a run writes: TRAIN is the program, REPORT makes pages of runs, FOLDER is where they go.
file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${FOLDER}" RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(NOT code STREQUAL "${expected}")
    message(FATAL_ERROR "${ARGN}: exit code ${code}, ${expected} expected: ${said}")
  endif()
endfunction()

set(train "${TRAIN}" --data digits --train-samples 1500 --quiet)
set(expected 0)
run(${train} --epochs 2 --log-every 3 --normalisation batch --activation prelu --out learned)
run(${train} --epochs 1 --log-every 5 --depth 10 --activation relu --init he --out relu)
run(${train} --epochs 1 --log-every 5 --depth 10 --activation gelu --out gelu)
run(${train} --epochs 1 --log-every 5 --depth 10 --activation tanh --out tanh)
run(${train} --epochs 1 --log-every 5 --depth 10 --activation sigmoid --init xavier --out sigmoid)
# Broken off and taken up again: its tables and its event file were cut and continued.
run(${train} --epochs 2 --log-every 3 --schedule constant --out resumed)
run("${TRAIN}" --resume resumed --epochs 3 --quiet)
run("${REPORT}" relu gelu tanh sigmoid --out comparison.html)
set(expected 1)
run(${train} --epochs 1 --log-every 1 --lr 10 --out diverged)
