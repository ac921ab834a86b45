#include "xgboost_api.hpp"

#include <dlfcn.h>

#include <retrain/trainer.hpp>

#include "base/text.hpp"

namespace retrain {
namespace train {
namespace {

constexpr std::array<const char*, 3> usual_names = {"libxgboost.so.3", "libxgboost.so", "libxgboost.so.0"};

/// What newer libraries offer and this room does without: columnar input and native distributed training.
constexpr std::array<const char*, 7> optional_functions = {"XGDMatrixCreateFromColumnar",  "XGProxyDMatrixSetDataColumnar",
                                                           "XGBoosterPredictFromColumnar", "XGBoosterTrainOneIter",
                                                           "XGDMatrixGetQuantileCut",      "XGTrackerCreate",
                                                           "XGCommunicatorAllgather"};

class FunctionFinder {
 public:
  explicit FunctionFinder(void* library) : library_(library) {}

  template <class Function>
  void find(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(::dlsym(library_, name));
    if (function == nullptr) missing_.emplace_back(name);
  }
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  void* library_;
  std::vector<std::string> missing_;
};

/// The file that `api` was found in; `name` when the loader does not say.
std::string path_of(const XgboostApi& api, const std::string& name) {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(api.get_version), &info) == 0 || info.dli_fname == nullptr) return name;
  return info.dli_fname;
}

Result<std::shared_ptr<const XgboostApi>> fill_table(void* library, const std::string& name) {
  auto api = std::make_shared<XgboostApi>();
  FunctionFinder finder(library);
  finder.find(api->get_version, "XGBoostVersion");
  finder.find(api->get_last_error, "XGBGetLastError");
  finder.find(api->register_log_callback, "XGBRegisterLogCallback");
  finder.find(api->set_global_config, "XGBSetGlobalConfig");
  finder.find(api->get_global_config, "XGBGetGlobalConfig");
  finder.find(api->matrix_from_dense, "XGDMatrixCreateFromDense");
  finder.find(api->proxy_create, "XGProxyDMatrixCreate");
  finder.find(api->proxy_set_dense, "XGProxyDMatrixSetDataDense");
  finder.find(api->quantile_matrix_from_callback, "XGQuantileDMatrixCreateFromCallback");
  finder.find(api->matrix_set_info, "XGDMatrixSetInfoFromInterface");
  finder.find(api->matrix_set_feature_info, "XGDMatrixSetStrFeatureInfo");
  finder.find(api->matrix_free, "XGDMatrixFree");
  finder.find(api->booster_create, "XGBoosterCreate");
  finder.find(api->booster_free, "XGBoosterFree");
  finder.find(api->booster_set_param, "XGBoosterSetParam");
  finder.find(api->booster_set_feature_info, "XGBoosterSetStrFeatureInfo");
  finder.find(api->booster_update, "XGBoosterUpdateOneIter");
  finder.find(api->booster_boost, "XGBoosterBoostOneIter");
  finder.find(api->booster_rounds, "XGBoosterBoostedRounds");
  finder.find(api->booster_num_feature, "XGBoosterGetNumFeature");
  finder.find(api->booster_slice, "XGBoosterSlice");
  finder.find(api->booster_predict_matrix, "XGBoosterPredictFromDMatrix");
  finder.find(api->booster_predict_dense, "XGBoosterPredictFromDense");
  finder.find(api->booster_load, "XGBoosterLoadModelFromBuffer");
  finder.find(api->booster_save, "XGBoosterSaveModelToBuffer");
  if (!finder.missing().empty()) {
    return Status{StatusCode::not_found, name + " lacks " + base::join(finder.missing(), ", ")};
  }
  for (const char* function : optional_functions) {
    if (::dlsym(library, function) == nullptr) api->missing_optional.emplace_back(function);
  }
  api->booster_boost_round = reinterpret_cast<decltype(api->booster_boost_round)>(::dlsym(library, "XGBoosterTrainOneIter"));
  api->get_version(&api->version[0], &api->version[1], &api->version[2]);
  api->path = path_of(*api, name);
  return std::shared_ptr<const XgboostApi>(std::move(api));
}

/// One try: the table, or why not.
Result<std::shared_ptr<const XgboostApi>> open_one(const std::string& name, int extra_flags) {
  // RTLD_NODELETE: OpenMP's threads and thread-local destructors would run unmapped code if the library were unloaded.
  void* library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | extra_flags);
  if (library == nullptr) {
    const char* error = ::dlerror();
    return Status{StatusCode::not_found, error == nullptr ? name + " is not loaded" : error};
  }
  auto table = fill_table(library, name);
  ::dlclose(library);
  return table;
}

}  // namespace

std::string XgboostApi::version_text() const {
  return std::to_string(version[0]) + "." + std::to_string(version[1]) + "." + std::to_string(version[2]);
}

Status XgboostApi::status(int code, std::string_view doing) const {
  if (code == 0) return {};
  const char* text = get_last_error();
  std::string message = library_message(text == nullptr ? "" : text);
  if (message.empty()) message = "code " + std::to_string(code);
  return {StatusCode::internal, "xgboost cannot " + std::string(doing) + ": " + message};
}

Result<std::shared_ptr<const XgboostApi>> open_xgboost(const std::string& path) {
  if (!path.empty()) {
    auto table = open_one(path, 0);
    if (!table) return table.status().within("training.xgboost_library");
    return table;
  }
  for (const char* name : usual_names) {
    if (auto table = open_one(name, RTLD_NOLOAD)) return table;
  }
  std::vector<std::string> tried;
  for (const char* name : usual_names) {
    auto table = open_one(name, 0);
    if (table) return table;
    tried.push_back(table.status().message());
  }
  return Status{StatusCode::not_found,
                "no usable XGBoost library (apt install libxgboost0, or pip install xgboost-cpu and set "
                "training.xgboost_library): " +
                    base::join(tried, "; ")};
}

std::string library_message(std::string_view text) {
  text = text.substr(0, text.find("\nStack trace"));
  // "[12:00:00] ../src/learner.cc:767: message"
  if (const auto bracket = text.find("] "); text.starts_with("[") && bracket != std::string_view::npos) {
    text.remove_prefix(bracket + 2);
    if (text.starts_with("WARNING: ")) text.remove_prefix(9);
    if (const auto colon = text.find(": ");
        colon != std::string_view::npos && colon > 0 && text[colon - 1] >= '0' && text[colon - 1] <= '9') {
      text.remove_prefix(colon + 2);
    }
  }
  std::string line;
  for (const char c : base::trim(text)) {
    const char plain = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    if (plain != ' ' || (!line.empty() && line.back() != ' ')) line += plain;
  }
  while (line.ends_with('.')) line.pop_back();
  return base::printable(line, 400);
}

std::string array_interface(const float* data, std::size_t rows, std::size_t columns, std::size_t row_stride) {
  std::string text = R"({"data":[)" + std::to_string(reinterpret_cast<std::uintptr_t>(data)) + R"(,true],"shape":[)" +
                     std::to_string(rows) + "," + std::to_string(columns) + "],";
  if (row_stride != columns) {
    text += R"("strides":[)" + std::to_string(row_stride * sizeof(float)) + "," + std::to_string(sizeof(float)) + "],";
  }
  return text + R"("typestr":"<f4","version":3})";
}

std::string array_interface(const float* data, std::size_t count) {
  return R"({"data":[)" + std::to_string(reinterpret_cast<std::uintptr_t>(data)) + R"(,true],"shape":[)" + std::to_string(count) +
         R"(],"typestr":"<f4","version":3})";
}

}  // namespace train

Result<XgboostLibrary> find_xgboost(const std::string& path) {
  const auto api = train::open_xgboost(path);
  if (!api) return api.status();
  return XgboostLibrary{(*api)->path, (*api)->version_text(), (*api)->missing_optional};
}

}  // namespace retrain
