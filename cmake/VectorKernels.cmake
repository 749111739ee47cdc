# src/backend/cpu/vector/*.cpp is compiled once for each instruction set of the processor family, each time into the
# namespace seegrad::cpu::${SEEGRAD_ISA}; the backend chooses among the tables at run time.

# The sets to build, best last. Without xsimd, or on a processor we do not know, plain scalar code is the only one.
function(seegrad_instruction_sets result)
  if(NOT SEEGRAD_XSIMD)
    set(${result} scalar PARENT_SCOPE)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    set(${result} sse2 avx2 avx512 PARENT_SCOPE)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
    set(${result} neon64 PARENT_SCOPE)
  else()
    set(${result} scalar PARENT_SCOPE)
  endif()
endfunction()

set(SEEGRAD_FLAGS_sse2 "")
set(SEEGRAD_FLAGS_avx2 -mavx2 -mfma)
set(SEEGRAD_FLAGS_avx512 -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl -mfma)
set(SEEGRAD_FLAGS_neon64 "")
set(SEEGRAD_FLAGS_scalar "")

# Adds the kernels of every set to `library` and tells the rest of the cpu backend which sets exist
# (SEEGRAD_HAS_AVX512=1 ...).
function(seegrad_add_vector_kernels library kernel_sources backend_sources)
  if(NOT kernel_sources)
    return()
  endif()
  seegrad_instruction_sets(sets)
  foreach(isa IN LISTS sets)
    set(kernels ${library}_vector_${isa})
    add_library(${kernels} OBJECT ${kernel_sources})
    seegrad_configure(${kernels})
    target_include_directories(${kernels} PRIVATE $<TARGET_PROPERTY:${library},INCLUDE_DIRECTORIES>)
    target_compile_definitions(${kernels} PRIVATE SEEGRAD_ISA=${isa} $<$<BOOL:${SEEGRAD_XSIMD}>:SEEGRAD_HAS_XSIMD=1>)
    # Debug builds keep -O1: unoptimised batches are a hundred times slower. No -ffast-math: NaN and inf must survive.
    target_compile_options(${kernels} PRIVATE ${SEEGRAD_FLAGS_${isa}} $<IF:$<CONFIG:Debug>,-O1,-O3> -fno-math-errno
                                              -fno-trapping-math)
    if(SEEGRAD_SANITIZE)
      # Guards around every vector on the stack make one file compile for minutes; what kernels can get wrong is the ends
      # of arrays, and those lie on the heap.
      target_compile_options(${kernels} PRIVATE
        -fno-sanitize=null,alignment,object-size,pointer-overflow
        $<IF:$<CXX_COMPILER_ID:GNU>,SHELL:--param asan-stack=0,SHELL:-mllvm -asan-stack=0>)
    endif()
    if(SEEGRAD_XSIMD)
      target_link_libraries(${kernels} PRIVATE ${SEEGRAD_XSIMD})
    endif()
    target_sources(${library} PRIVATE $<TARGET_OBJECTS:${kernels}>)
    string(TOUPPER ${isa} upper)
    list(APPEND definitions SEEGRAD_HAS_${upper}=1)
  endforeach()
  set_property(SOURCE ${backend_sources} APPEND PROPERTY COMPILE_DEFINITIONS ${definitions})
  set(SEEGRAD_INSTRUCTION_SETS "${sets}" PARENT_SCOPE)
endfunction()
