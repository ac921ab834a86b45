# What every target of this project gets, and how a room is declared.

add_library(retrain_defaults INTERFACE)
target_compile_features(retrain_defaults INTERFACE cxx_std_20)
target_compile_options(retrain_defaults INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
target_include_directories(retrain_defaults INTERFACE ${PROJECT_SOURCE_DIR}/include)
if(RETRAIN_BUILD_TESTS)
  target_compile_definitions(retrain_defaults INTERFACE RETRAIN_TESTING)
endif()

# retrain_room(NAME SOURCES … [LIBRARIES …]): an object library that sees include/retrain, src/base and its own folder only.
function(retrain_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(retrain_${name} OBJECT ${ROOM_SOURCES})
  set_target_properties(retrain_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden
                                                   VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(retrain_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(retrain_${name} PRIVATE retrain_defaults nlohmann_json::nlohmann_json ${ROOM_LIBRARIES})
  target_precompile_headers(retrain_${name} PRIVATE <string> <vector> <map> <memory> <optional> <functional> <algorithm> <chrono>)
  set_property(GLOBAL APPEND PROPERTY RETRAIN_ROOM_TARGETS retrain_${name})
  set_property(GLOBAL APPEND PROPERTY RETRAIN_ROOM_LIBRARIES ${ROOM_LIBRARIES})
endfunction()
