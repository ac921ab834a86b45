# The C++ library: every room in one static archive.
get_property(rooms GLOBAL PROPERTY RETRAIN_ROOM_TARGETS)
get_property(room_libraries GLOBAL PROPERTY RETRAIN_ROOM_LIBRARIES)
list(REMOVE_DUPLICATES room_libraries)
# Headers only: compiled in, so that whoever links the library need not have them.
list(REMOVE_ITEM room_libraries nlohmann_json::nlohmann_json Boost::headers Eigen3::Eigen date::date)

set(objects "")
foreach(room IN LISTS rooms)
  list(APPEND objects $<TARGET_OBJECTS:${room}>)
endforeach()
add_library(retrain STATIC ${objects})
add_library(retrain::retrain ALIAS retrain)
target_compile_features(retrain PUBLIC cxx_std_20)
target_include_directories(retrain PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_link_libraries(retrain PRIVATE ${room_libraries} Threads::Threads ${CMAKE_DL_LIBS})
set_target_properties(retrain PROPERTIES LINKER_LANGUAGE CXX)
