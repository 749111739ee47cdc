#!/usr/bin/env bash
# All that has to be seen on a machine with a GPU, in one go of at most nine minutes: builds for the GPU that is there, runs the tests,
# lets compute-sanitizer look at a few of them, and measures. A short table comes last; DATE-DEVICE.json and .md hold all of it.
#   scripts/gpu_check.sh
#   scripts/gpu_check.sh --deps build/deps     on a machine without our libraries: see scripts/fetch_deps.sh
#   --deps PREFIX      where libraries lie (several with ':' between them, or the option again): a folder with include/ and lib/, one
#                      above usr/include and usr/lib, or the packages of fetch_deps.sh, which are unpacked into the build folder
#   --out FOLDER       for the two result files (benchmarks/results)
#   --build FOLDER     to build in (build/gpu); what every stage printed is in FOLDER/check/STAGE.log
#   --python PYTHON    one that has PyTorch, to compare with (python3)
#   --only STAGES      some of them, with ',' between: build,tests,sanitizer,benchmarks; later calls add to what was found since the build
#   --quick            the small tests alone, and one benchmark
#   --skip-sanitizer
#   --minutes N        for all of it (9); the stages' own limits grow and shrink with it
# Every stage runs even if one before it failed, unless time is up. The exit code is 0 only if all passed. On a machine without a GPU
# what needs none is built and run, and the exit code is 77.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

out="$root/benchmarks/results" folder="$root/build/gpu" python=python3 only=build,tests,sanitizer,benchmarks
quick=0 minutes=9 prefixes=()

need_value() { [[ -n "${2:-}" ]] || { say "gpu_check.sh: $1: a value is missing"; exit 2; }; }
while (($#)); do
  case "$1" in
    --deps) need_value "$@"; IFS=: read -ra more <<<"$2"; prefixes+=("${more[@]}"); shift ;;
    --out) need_value "$@"; out="$2"; shift ;;
    --build) need_value "$@"; folder="$2"; shift ;;
    --python) need_value "$@"; python="$2"; shift ;;
    --only) need_value "$@"; only="$2"; shift ;;
    --minutes) need_value "$@"; minutes="$2"; shift ;;
    --quick) quick=1 ;;
    --skip-sanitizer) only="${only//sanitizer/}" ;;
    --help) sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) say "gpu_check.sh: unknown option '$1'; see scripts/gpu_check.sh --help"; exit 2 ;;
  esac
  shift
done
[[ "$minutes" =~ ^[1-9][0-9]?$ ]] || { say "gpu_check.sh: --minutes $minutes: must be a whole number from 1 to 99"; exit 2; }

mkdir -p "$out" "$folder/check" || exit 1
out="$(cd "$out" && pwd)" folder="$(cd "$folder" && pwd)"
logs="$folder/check"
results="$logs/stages.txt"
deadline=$(($(now_ms) + minutes * 60000 - 10000))

wanted() { [[ ",$only," == *",$1,"* ]]; }
# A run in several calls (--only) is one run: it begins with the build.
! wanted build || rm -f "$logs"/*.json "$logs"/*.txt "$logs"/*.log
touch "$results"

# check NAME SECONDS COMMAND...: a stage with a time limit of its own and the common one; its outcome goes into the closing table.
check() {
  local name="$1" limit="$2" start code=0 outcome left seconds
  shift 2
  limit=$((limit * minutes / 9))
  left=$(((deadline - $(now_ms)) / 1000))
  ((limit <= left)) || limit=$left
  if ((limit < 5)); then
    say "== $name: no time left"
    printf '%s\tcut off: no time left\t0\n' "$name" >>"$results"
    return 1
  fi
  start="$(now_ms)"
  say "== $name (at most $limit s)"
  timeout --kill-after=5 "$limit" "$@" </dev/null >"$logs/$name.log" 2>&1 || code=$?
  case "$code" in
    0) outcome=passed ;;
    77) outcome="skipped: $(grep -m1 -o 'skipped: .*' "$logs/$name.log" | cut -c10-)" ;;
    124 | 137) outcome="cut off after $limit s" ;;
    *) outcome="FAILED with code $code" ;;
  esac
  seconds="$(seconds_since "$start")"
  say "== $name: $outcome, $seconds s"
  printf '%s\t%s\t%s\n' "$name" "$outcome" "$seconds" >>"$results"
  ((code == 0 || code == 77)) && return 0
  tail -n 25 "$logs/$name.log" >&2
  return 1
}

# --- what is here ---
gpu_name="" capability=""
if command -v nvidia-smi >/dev/null; then
  IFS=, read -r gpu_name capability < <(nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader 2>/dev/null | head -n 1)
  capability="${capability//[ .]/}"
  [[ "$capability" =~ ^[0-9]+$ ]] || gpu_name="" capability=""
fi
if [[ -n "$gpu_name" ]]; then
  say "GPU: $gpu_name, compute capability $capability"
else
  say "There is no GPU here: what needs none is built and run."
fi

add_prefix() { # PREFIX: to where CMake, the compiler and the linker look
  local given="$1" prefix libraries
  if compgen -G "$given/*.deb" >/dev/null; then
    "$root/scripts/fetch_deps.sh" --unpack "$given" "$folder/deps" || return
    given="$folder/deps"
  fi
  for prefix in "$given" "$given/usr"; do
    [[ -d "$prefix/include" || -d "$prefix/lib" ]] || continue
    prefix="$(cd "$prefix" && pwd)"
    cmake_prefixes+="${cmake_prefixes:+;}$prefix"
    [[ ! -d "$prefix/include" ]] || export CPATH="$prefix/include${CPATH:+:$CPATH}"
    for libraries in "$prefix/lib" "$prefix"/lib/*-linux-gnu; do
      [[ -d "$libraries" ]] || continue
      export LIBRARY_PATH="$libraries${LIBRARY_PATH:+:$LIBRARY_PATH}" LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    done
  done
}
cmake_prefixes=""
for prefix in "${prefixes[@]}"; do
  [[ -d "$prefix" ]] || { say "gpu_check.sh: --deps $prefix: there is no such folder"; exit 2; }
  add_prefix "$prefix" || exit 1
done
# CUDA's own tools are often off PATH.
for place in "${CUDA_HOME:-}" /usr/local/cuda; do
  [[ -z "$place" || ! -d "$place/bin" ]] || PATH="$PATH:$place/bin:$place/compute-sanitizer"
done

# --- build ---
generator="Unix Makefiles"
! command -v ninja >/dev/null || generator=Ninja
settings=(-DCMAKE_BUILD_TYPE=Release -DSEEGRAD_BUILD_TESTS=ON -DSEEGRAD_BUILD_EXAMPLES=ON -DSEEGRAD_BUILD_BENCHMARKS=ON
  -DFETCHCONTENT_FULLY_DISCONNECTED=ON "-DCMAKE_PREFIX_PATH=$cmake_prefixes")
[[ -z "$capability" ]] || settings+=(-DSEEGRAD_CUDA=ON "-DCMAKE_CUDA_ARCHITECTURES=$capability")
[[ -z "${SEEGRAD_CUDA:-}" ]] || settings+=("-DSEEGRAD_CUDA=$SEEGRAD_CUDA")

has_target() { cmake --build "$folder" --target help 2>/dev/null | grep -qw "$1"; }
build_targets() {
  local target targets=()
  for target in train_mlp activation_speed training_step seegrad_cuda seegrad_cuda_tests seegrad_gpu_tests seegrad_stand_in_tests; do
    ! has_target "$target" || targets+=("$target")
  done
  cmake --build "$folder" --parallel "$jobs" --target "${targets[@]}"
}
export folder jobs
export -f build_targets has_target
if wanted build; then
  check configure 60 cmake -S "$root" -B "$folder" -G "$generator" "${settings[@]}" &&
    check build 270 bash -c build_targets
fi

# --- tests ---
filter="[gpu]"
((quick)) && filter="[small]"
programs="$folder/tests"
# In a folder of its own: kernels that were compiled for another run must not hide that they do not compile.
export SEEGRAD_CACHE_DIR="$folder/check/kernels"
# Most of the time of the tests over all formulas is compiling kernels, on one core: each of them gets a process. All others, some of which
# want the GPU's memory for themselves, run one after the other. (What stands in single quotes is for the shells within.)
# shellcheck disable=SC2016
gpu_tests() { # PROGRAM FILTER
  local program="$1" filter="$2" code=0
  "$program" "${filter}[activation],${filter}[ops],${filter}[observe]" --list-test-names-only | tail -n +2 | sed 's/,/\\,/g' |
    xargs -r -d '\n' -n 1 -P "$jobs" bash -c 'text="$("$0" "$1" --durations yes 2>&1)"; code=$?; printf "%s\n" "$text"; exit "$code"' "$program" ||
    code=1
  "$program" "${filter}~[activation]~[ops]~[observe]" --durations yes || code=1
  return "$code"
}
export -f gpu_tests
if wanted tests; then
  rm -rf "$SEEGRAD_CACHE_DIR"
  beside=""
  if [[ -x "$programs/seegrad_cuda_tests" ]]; then  # compiles kernels for minutes on one core: beside the others
    check tests-without-gpu 240 "$programs/seegrad_cuda_tests" --durations yes &
    beside=$!
  fi
  [[ ! -x "$programs/seegrad_stand_in_tests" || -n "$gpu_name" ]] || check tests-on-stand-in 120 "$programs/seegrad_stand_in_tests" "[gpu]"
  # shellcheck disable=SC2016
  [[ ! -x "$programs/seegrad_gpu_tests" ]] || check tests-on-gpu 180 bash -c 'gpu_tests "$0" "$1"' "$programs/seegrad_gpu_tests" "$filter"
  [[ -z "$gpu_name" ]] || check train_mlp 30 "$folder/examples/train_mlp" --device cuda --data digits --train-samples 6000 --epochs 2 \
    --out "$logs/run-$$" --quiet
  [[ -z "$beside" ]] || wait "$beside"
fi
if wanted sanitizer && [[ -n "$gpu_name" ]]; then
  for tool in memcheck racecheck; do
    if command -v compute-sanitizer >/dev/null; then
      check "$tool" 60 compute-sanitizer --tool "$tool" --error-exitcode 9 --print-limit 20 "$programs/seegrad_gpu_tests" "[small]"
    else
      printf '%s\tskipped: there is no compute-sanitizer\t0\n' "$tool" >>"$results"
    fi
  done
fi

# --- benchmarks ---
device=cuda rounds=2 cases=(--case 256x8/128/relu --case 1024x3/512/gelu)
((quick)) && rounds=1 cases=(--case 256x8/128/relu)
compare() { # NAME SECONDS SCRIPT OPTIONS...: what it prints is shown, its JSON kept
  local name="$1" limit="$2" script="$3"
  shift 3
  check "$name" "$limit" "$python" "$root/benchmarks/$script" --device "$device" --python "$python" --json "$logs/$name.json" "$@"
}
if wanted benchmarks && [[ -n "$gpu_name" ]]; then
  compare activations 90 compare_activations.py --program "$folder/examples/activation_speed" --rounds "$rounds" --runs 10
  step=("--program" "$folder/benchmarks/training_step" --rounds 1 --seconds 0.6)
  compare training-fp32 120 compare.py "${step[@]}" "${cases[@]:0:2}"
  compare training-tf32 120 compare.py "${step[@]}" "${cases[@]}" --precision tf32 --skip-compile
  ((quick)) || compare training-bf16 60 compare.py "${step[@]}" "${cases[@]:0:2}" --precision bf16 --skip-compile
fi

# --- what came of it ---
wanted benchmarks && for table in activations training-fp32 training-tf32 training-bf16; do
  [[ ! -s "$logs/$table.json" ]] || { echo; cat "$logs/$table.log"; }
done
echo
"$python" "$root/scripts/gpu_report.py" --logs "$logs" --out "$out" --device "$gpu_name" || exit 1
[[ -n "$gpu_name" ]] || exit 77
