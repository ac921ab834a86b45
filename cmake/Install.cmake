# cmake --install: the library with its headers and package files, and the program. Consumers write
#   find_package(retrain 0.1 REQUIRED)
#   target_link_libraries(host PRIVATE retrain::retrain)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS retrain EXPORT retrainTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/retrain DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET retrain_cli)
  install(TARGETS retrain_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/retrain)
install(EXPORT retrainTargets NAMESPACE retrain:: DESTINATION ${package_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/retrainConfig.cmake.in ${PROJECT_BINARY_DIR}/retrainConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
# Source compatible within a major; before 1.0 within a minor.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/retrainConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/retrainConfig.cmake ${PROJECT_BINARY_DIR}/retrainConfigVersion.cmake DESTINATION ${package_folder})
