// XgboostApi: the functions of XGBoost's C API that this room calls, found in a shared library at run time. The prototypes are
// our own, so that one binary works with every library from 1.7 to 3.x; no header of XGBoost is read.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <retrain/status.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::train {

using Handle = void*;
using Length = std::uint64_t;

/// Immutable once opened. Each function but the first two, where it is there, returns 0, or -1 with the text in get_last_error().
struct XgboostApi {
  std::string path;  ///< the file behind the functions
  std::array<int, 3> version{};
  std::vector<std::string> missing_optional;  ///< functions of newer libraries that this one lacks

  void (*get_version)(int*, int*, int*) = nullptr;
  const char* (*get_last_error)() = nullptr;
  int (*register_log_callback)(void (*)(const char*)) = nullptr;
  int (*set_global_config)(const char*) = nullptr;
  int (*get_global_config)(const char**) = nullptr;

  int (*matrix_from_dense)(const char* data, const char* config, Handle*) = nullptr;
  int (*proxy_create)(Handle*) = nullptr;
  int (*proxy_set_dense)(Handle, const char* data) = nullptr;
  int (*quantile_matrix_from_callback)(Handle iterator, Handle proxy, Handle reference, void (*reset)(Handle),
                                       int (*next)(Handle), const char* config, Handle*) = nullptr;
  int (*matrix_set_info)(Handle, const char* field, const char* data) = nullptr;
  int (*matrix_set_feature_info)(Handle, const char* field, const char** values, Length count) = nullptr;
  int (*matrix_free)(Handle) = nullptr;

  int (*booster_create)(const Handle* matrices, Length count, Handle*) = nullptr;
  int (*booster_free)(Handle) = nullptr;
  int (*booster_set_param)(Handle, const char* name, const char* value) = nullptr;
  int (*booster_set_feature_info)(Handle, const char* field, const char** values, Length count) = nullptr;
  int (*booster_update)(Handle, int round, Handle matrix) = nullptr;
  int (*booster_boost)(Handle, Handle matrix, float* gradients, float* hessians, Length count) = nullptr;
  /// The same of newer libraries, which call the other deprecated; null in older ones.
  int (*booster_boost_round)(Handle, Handle matrix, int round, const char* gradients, const char* hessians) = nullptr;
  int (*booster_rounds)(Handle, int*) = nullptr;
  int (*booster_num_feature)(Handle, Length*) = nullptr;
  int (*booster_slice)(Handle, int begin, int end, int step, Handle*) = nullptr;
  int (*booster_predict_matrix)(Handle, Handle matrix, const char* config, const Length** shape, Length* dimensions,
                                const float** result) = nullptr;
  int (*booster_predict_dense)(Handle, const char* data, const char* config, Handle proxy, const Length** shape,
                               Length* dimensions, const float** result) = nullptr;
  int (*booster_load)(Handle, const void* bytes, Length size) = nullptr;
  int (*booster_save)(Handle, const char* config, Length* size, const char** bytes) = nullptr;

  /// "3.2.0"
  std::string version_text() const;
  /// Success when `code` is 0, else internal with `doing` and the library's message. Call on the thread that got `code`.
  Status status(int code, std::string_view doing) const;
};

/// Opens the library at `path`, or, when that is empty, one that is already in the process under one of the usual names, else
/// the first of those names that the loader finds. It stays in the process for ever: its threads outlive our handles.
/// Fails with not_found, naming everything that was tried and why it did not do.
Result<std::shared_ptr<const XgboostApi>> open_xgboost(const std::string& path);

/// The message of a library error alone: without time, source file and stack trace, on one line.
std::string library_message(std::string_view text);

/// Rows × columns float32 values at `data` in the array-interface text that the library reads; `row_stride` counts floats.
std::string array_interface(const float* data, std::size_t rows, std::size_t columns, std::size_t row_stride);
/// The same for `count` values in a row.
std::string array_interface(const float* data, std::size_t count);

}  // namespace retrain::train
