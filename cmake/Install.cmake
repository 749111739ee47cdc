# `cmake --install` and the package that find_package(seegrad) reads.
include(CMakePackageConfigHelpers)

set(SEEGRAD_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/seegrad)

install(TARGETS seegrad EXPORT seegrad_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(NOT ZLIB_FOUND)
  install(TARGETS zlibstatic EXPORT seegrad_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
if(SEEGRAD_HAS_CUDA)
  install(TARGETS seegrad_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/seegrad)
endif()
install(DIRECTORY include/seegrad DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(FILES "${SEEGRAD_GENERATED}/seegrad/version.hpp" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/seegrad)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(EXPORT seegrad_targets NAMESPACE seegrad:: DESTINATION ${SEEGRAD_CMAKE_DIR})

configure_package_config_file(cmake/seegradConfig.cmake.in seegradConfig.cmake
                              INSTALL_DESTINATION ${SEEGRAD_CMAKE_DIR})
write_basic_package_version_file(seegradConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/seegradConfig.cmake" "${PROJECT_BINARY_DIR}/seegradConfigVersion.cmake"
              cmake/FindoneDNN.cmake
        DESTINATION ${SEEGRAD_CMAKE_DIR})
