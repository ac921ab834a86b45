// MlflowClient: the REST interface of an MLflow 3 tracking server, one call at a time.
#pragma once

#include <retrain/deployment_settings.hpp>
#include <string>

#include "base/json.hpp"
#include "http/client.hpp"

namespace retrain::deploy {

/// What a server answered.
struct MlflowAnswer {
  int status = 0;
  base::Json json;   ///< null where the answer is no JSON
  std::string code;  ///< of an error: "RESOURCE_DOES_NOT_EXIST"
  std::string text;  ///< of an error its message, else the body
  bool ok() const { return status >= 200 && status < 300; }
};

/// What `read` finds in an answer; unavailable where the answer has another shape, as one of something on the way may have: that
/// says nothing about the model.
template <class Read>
auto read_answer(Read&& read) -> Result<decltype(read())> {
  auto found = base::guarded("its answer cannot be read", std::forward<Read>(read));
  if (found) return found;
  return Status{StatusCode::unavailable, "MLflow: " + found.status().message()};
}

/// Threads: any.
class MlflowClient {
 public:
  /// Fails with invalid_argument when the address is none.
  static Result<MlflowClient> create(const MlflowSettings& settings);

  /// `path` follows /api/2.0/mlflow/. Fails with unavailable when nobody answered or a secret could not be read; every answer
  /// is a result.
  Result<MlflowAnswer> get(const std::string& path) const { return call("GET", "/api/2.0/mlflow/" + path, ""); }
  Result<MlflowAnswer> post(const std::string& path, const base::Json& body) const { return send("POST", path, body); }
  Result<MlflowAnswer> patch(const std::string& path, const base::Json& body) const { return send("PATCH", path, body); }
  Result<MlflowAnswer> remove(const std::string& path, const base::Json& body) const { return send("DELETE", path, body); }
  /// A path of the server itself.
  Result<MlflowAnswer> page(const std::string& path) const { return call("GET", path, ""); }
  /// A file below an artifact address that the server itself gave. Fails with invalid_argument when the server does not hand
  /// on artifacts of that scheme.
  Status put_file(const std::string& artifact_uri, const std::string& name, const std::string& bytes) const;
  Result<std::string> get_file(const std::string& artifact_uri, const std::string& name, std::size_t most) const;

  /// Success, or what an answer that is not ok means and how to mend it; `doing` leads the message.
  Status judge(const MlflowAnswer& answer, const std::string& doing) const;
  const std::string& host() const { return host_; }

 private:
  MlflowClient(MlflowSettings settings, std::string base, std::string host)
      : settings_(std::move(settings)), base_(std::move(base)), host_(std::move(host)) {}
  Result<MlflowAnswer> send(const char* method, const std::string& path, const base::Json& body) const;
  Result<MlflowAnswer> call(const char* method, const std::string& path, const std::string& body) const;
  Result<http::Response> exchange(http::Request request) const;
  Result<std::string> authorization() const;

  MlflowSettings settings_;
  std::string base_, host_;
};

/// Where the server hands on the artifacts of `artifact_uri`: "1/models/m-…/artifacts". Fails with invalid_argument for a scheme
/// that only a client with the storage's own credentials could serve.
Result<std::string> proxied_path(const std::string& artifact_uri);

}  // namespace retrain::deploy
