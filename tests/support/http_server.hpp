// A small HTTP server on loopback: keeps every request and answers as it is told.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace retrain::test {

struct HttpRequest {
  std::string method, target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

struct HttpReply {
  int status = 200;
  std::string body;
  std::map<std::string, std::string> headers = {};
  bool hang_up = false;     ///< close without a word
  int answer_after_ms = 0;  ///< waits so long for the client to give up before it answers
};

class HttpServer {
 public:
  using Handler = std::function<HttpReply(const HttpRequest&)>;

  explicit HttpServer(Handler handler = [](const HttpRequest&) { return HttpReply{}; }) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0 || ::pipe(wake_) != 0) {
      throw std::runtime_error("no server on loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() {
    static_cast<void>(::write(wake_[1], "x", 1) == 1);
    thread_.join();
    for (const int fd : {listener_, wake_[0], wake_[1]}) ::close(fd);
  }

  int port() const { return port_; }
  std::string url(const std::string& target = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + target; }
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void answer(Handler handler) {
    const std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
  }

 private:
  void serve() {
    for (;;) {
      pollfd ready[] = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
      if (::poll(ready, 2, -1) < 0) continue;
      if (ready[1].revents != 0) return;
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      talk(client);
      ::close(client);
    }
  }

  void talk(int client) {
    HttpRequest request;
    if (!read_request(client, request)) return;
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      handler = handler_;
    }
    const HttpReply reply = handler(request);
    {
      // Whoever takes the lock from now on sees what the handler did.
      const std::lock_guard lock(mutex_);
    }
    if (reply.hang_up) return;
    if (reply.answer_after_ms > 0) {
      pollfd gone{client, POLLRDHUP, 0};
      if (::poll(&gone, 1, reply.answer_after_ms) > 0) return;
    }
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " -\r\nConnection: close\r\n";
    for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
    text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t sent = ::send(client, text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (sent <= 0) return;
      done += static_cast<std::size_t>(sent);
    }
  }

  static bool read_request(int client, HttpRequest& request) {
    std::string text;
    std::size_t body = std::string::npos, length = 0;
    char buffer[4096];
    while (body == std::string::npos || text.size() < body + length) {
      const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      text.append(buffer, static_cast<std::size_t>(got));
      if (body == std::string::npos && text.find("\r\n\r\n") != std::string::npos) {
        body = text.find("\r\n\r\n") + 4;
        read_head(text.substr(0, body - 2), request);
        if (request.headers.contains("content-length")) length = std::stoul(request.headers["content-length"]);
      }
    }
    request.body = text.substr(body);
    return true;
  }

  static void read_head(const std::string& head, HttpRequest& request) {
    const std::string line = head.substr(0, head.find("\r\n"));
    request.method = line.substr(0, line.find(' '));
    request.target = line.substr(request.method.size() + 1, line.rfind(' ') - request.method.size() - 1);
    for (std::size_t at = line.size() + 2; at < head.size();) {
      const std::size_t end = head.find("\r\n", at), colon = head.find(": ", at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
  }

  Handler handler_;
  int listener_ = -1, port_ = 0, wake_[2] = {-1, -1};
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::thread thread_;
};

}  // namespace retrain::test
