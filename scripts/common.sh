# Shared by run.sh and test.sh: what the machine must have, how it gets there, how a preset is configured, how time is told.
# Everything here talks on stderr, so that a program's own output stays clean for pipes.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
jobs="$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"

say() { printf '%s\n' "$*" >&2; }

now_ms() { # EPOCHREALTIME is bash 5; its decimal sign depends on the locale
  local t="${EPOCHREALTIME:-$(date +%s).000000}"
  t="${t/[.,]/}"
  printf '%s' "$((t / 1000))"
}

seconds_since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# stage TITLE COMMAND...: says what is done, does it, says how long it took; hands on the command's exit code.
stage() {
  local title="$1" start code=0
  shift
  start="$(now_ms)"
  say "== $title"
  "$@" || code=$?
  if ((code == 0)); then
    say "== $title: $(seconds_since "$start") s"
  else
    say "== $title: FAILED after $(seconds_since "$start") s"
  fi
  return "$code"
}

# --- what is needed ---
# package (Debian and Ubuntu) | how to see that it is there | upstream name | without it ("required": nothing works)
common_needs=(
  "g++|command c++ g++ clang++|GCC 12 or newer (C++20)|required"
  "cmake|command cmake|CMake 3.24 or newer|required"
  "libfmt-dev|header fmt/format.h|{fmt} 9|required"
  "libcli11-dev|header CLI/CLI.hpp|CLI11 2|required"
  "nlohmann-json3-dev|header nlohmann/json.hpp|JSON for Modern C++ 3|required"
  "zlib1g-dev|header zlib.h|zlib|required"
  "libstb-dev|header stb/stb_image_write.h|stb_image_write|required"
  "ninja-build|command ninja|Ninja|make builds instead"
  "ccache|command ccache|ccache|repeated builds take longer"
  "libxsimd-dev|header xsimd/xsimd.hpp|xsimd 8|activations run as scalar code, several times slower"
  "libdnnl-dev|header oneapi/dnnl/dnnl.hpp|oneDNN|matrix products come from the plain blocked loop, slower"
  "dataset-fashion-mnist|file /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz|Fashion-MNIST (datasets/fetch.sh gets it too)|generated digits stand in"
)
test_needs=(
  "catch2|header catch2/catch.hpp|Catch2 2.13|required"
  "python3|command python3|Python 3|required"
  "python3-venv|file /usr/share/doc/python3-venv|Python's venv|TensorBoard, pandas and onnxruntime do not read what runs write"
  "chromium|command chromium|Chromium|the report page is not opened in a browser"
  "chromium-driver|command chromedriver|ChromeDriver|the report page is not opened in a browser"
  "python3-selenium|file /usr/lib/python3/dist-packages/selenium/__init__.py|Selenium|the report page is not opened in a browser"
  "doxygen|command doxygen|Doxygen|the site has no reference of the headers"
  "libbenchmark-dev|header benchmark/benchmark.h|Google Benchmark|micro-benchmarks are not built"
  "clang-format|command clang-format|clang-format 14|the format check is left out"
  "clang-tidy|command clang-tidy|clang-tidy 14|static analysis is left out"
)

any_command() {
  local name
  for name in "$@"; do command -v "$name" >/dev/null && return; done
  return 1
}

# missing_needs NEED...: prints those of the given lines that this machine lacks. All headers cost one preprocessor call.
missing_needs() {
  local need package probe rest compiler="" absent_headers="" source=""
  for compiler in "${CXX:-}" c++ g++ clang++ ""; do
    [[ -z "$compiler" ]] || ! command -v "$compiler" >/dev/null || break
  done
  for need in "$@"; do
    IFS='|' read -r package probe rest <<<"$need"
    [[ "$probe" != header* ]] || source+="#if !__has_include(<${probe#header }>)"$'\n'"<${probe#header }>"$'\n'"#endif"$'\n'
  done
  absent_headers="$source"
  [[ -z "$compiler" ]] || absent_headers="$("$compiler" -E -P -x c++ - <<<"$source" 2>/dev/null)" || absent_headers="$source"
  for need in "$@"; do
    IFS='|' read -r package probe rest <<<"$need"
    case "$probe" in
      command*) any_command ${probe#command } || printf '%s\n' "$need" ;;
      header*) [[ "$absent_headers" != *"<${probe#header }>"* ]] || printf '%s\n' "$need" ;;
      file*) [[ -e "${probe#file }" ]] || printf '%s\n' "$need" ;;
    esac
  done
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

can_use_apt() {
  command -v apt-get >/dev/null || { say "There is no apt-get here to install packages with."; return 1; }
  ((EUID == 0)) || command -v sudo >/dev/null || { say "Installing packages needs root or sudo."; return 1; }
}

# install_with_apt NEED...: the required packages first, then whatever this distribution has of the optional ones.
install_with_apt() {
  local need package probe upstream loss required=() optional=()
  can_use_apt || return 0
  as_root apt-get update -qq </dev/null >&2 || say "apt-get update failed (no network?); going on with what apt knows."
  for need in "$@"; do
    IFS='|' read -r package probe upstream loss <<<"$need"
    if [[ "$loss" == required ]]; then
      required+=("$package")
    elif apt-cache show "$package" >/dev/null 2>&1; then
      optional+=("$package")
    fi
  done
  if ((${#required[@]})); then
    apt_install "${required[@]}" || say "apt-get could not install: ${required[*]}"
  fi
  if ((${#optional[@]})); then
    apt_install "${optional[@]}" || say "apt-get could not install: ${optional[*]} (going on without)"
  fi
}

# ask_apt_for NEED...: those lines that apt has not been asked for yet. A package that is installed already (in a version
# without the header we look for), or that apt could not give us once, must not cost an apt call on every run.
asked_file="$root/build/asked-apt-for"
ask_apt_for() {
  local need package installed asked=""
  installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' 2>/dev/null || true) "
  [[ ! -e "$asked_file" ]] || asked=" $(tr '\n' ' ' <"$asked_file")"
  for need in "$@"; do
    package="${need%%|*}"
    [[ "$installed" == *" installed=$package "* ]] && continue
    [[ "$need" != *"|required" && "$asked" == *" $package "* ]] && continue
    printf '%s\n' "$need"
  done
}

# install_missing NEED...: makes the machine fit, or names what is missing and fails.
install_missing() {
  local missing=() wanted=() need package probe upstream loss fatal=0
  mapfile -t missing < <(missing_needs "$@")
  ((${#missing[@]})) || return 0
  mapfile -t wanted < <(ask_apt_for "${missing[@]}")
  if ((${#wanted[@]})); then
    stage "install ${wanted[*]%%|*}" install_with_apt "${wanted[@]}"
    mkdir -p "$root/build" && printf '%s\n' "${wanted[@]%%|*}" >>"$asked_file"
    hash -r
    mapfile -t missing < <(missing_needs "$@")
  fi
  for need in "${missing[@]}"; do
    IFS='|' read -r package probe upstream loss <<<"$need"
    if [[ "$loss" != required ]]; then
      say "Optional, not found: $upstream (package $package): $loss."
    elif [[ "$probe" == header* && "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]]; then
      say "Package $package is installed but has no <${probe#header }>: CMake will fetch $upstream (needs internet)."
    else
      say "Missing: $upstream (package $package on Debian and Ubuntu)"
      fatal=1
    fi
  done
  ((fatal == 0)) || { say "Please install what is missing, then start again."; return 1; }
}

check_cmake_version() {
  local version
  version="$(cmake --version)" && version="${version#cmake version }" && version="${version%%[!0-9.]*}"
  [[ "$(printf '3.24\n%s\n' "$version" | sort -V | head -n 1)" == 3.24 ]] ||
    { say "CMake $version is too old: 3.24 or newer is needed (https://cmake.org/download, or: pip install cmake)."; return 1; }
}

# --- building ---
# configure PRESET [-D...]: into build/PRESET, with Ninja or make; a folder that was moved or copied starts afresh.
configure() {
  local preset="$1" cache="$root/build/$1/CMakeCache.txt" generator="Unix Makefiles" fresh=()
  shift
  ! command -v ninja >/dev/null || generator=Ninja
  check_cmake_version || return
  if [[ -e "$cache" ]] && ! { grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" &&
    grep -qxF "CMAKE_GENERATOR:INTERNAL=$generator" "$cache"; }; then
    fresh=(--fresh)
  fi
  (cd "$root" && cmake --preset "$preset" -G "$generator" "${fresh[@]}" --log-level=STATUS "$@" </dev/null >&2)
}

is_configured() {
  local cache="$root/build/$1/CMakeCache.txt"
  [[ -e "$root/build/$1/build.ninja" || -e "$root/build/$1/Makefile" ]] &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"
}

# build PRESET [TARGET]
build() {
  (cd "$root" && cmake --build --preset "$1" --parallel "$jobs" ${2:+--target "$2"} </dev/null >&2)
}
