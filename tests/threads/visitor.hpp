/// \file
/// One client on its own thread: a login, files up and down, and other ways to leave than the
/// orderly one.
#pragma once
#include "nacre-sftp/link.hpp"
#include "support/sftp_client_harness.hpp"

#include <nacre/auth/client.hpp>
#include <nacre/crypto/botan.hpp>
#include <nacre/session/sftp_client.hpp>
#include <nacre/sftp/transfer.hpp>

#include <memory>
#include <string>
#include <utility>

namespace nacre::test {

struct VisitorConfig {
    std::uint16_t port = 0;
    std::string user = "alice";
    std::shared_ptr<Signer> key;  ///< null: none
    std::string password;         ///< empty: none; asked once
    std::string host_key;         ///< the algorithm; empty: any
    std::uint64_t rekey_bytes = 0;
};

/// Nothing in it knows the test's framework, which takes checks from one thread only: what went
/// wrong is an Error.
class Visitor {
  public:
    explicit Visitor(VisitorConfig config) : config_(std::move(config)), link_(botan_provider()) {}

    /// Only the TCP connection.
    Result<void> connect() {
        if (link_.connect("127.0.0.1", config_.port).empty()) return {};
        return failed("no connection");
    }
    /// Until SFTP is ready.
    Result<void> log_in() {
        NACRE_CHECK(connect());
        auto transport = std::make_shared<TransportConfig>();
        transport->host_key_verifier = std::make_shared<Trusting>();
        if (!config_.host_key.empty()) transport->algorithms.host_key = {config_.host_key};
        transport->rekey.bytes = config_.rekey_bytes;
        Answered<void> ready;
        auto channel = sftp::make_client({}, ready.reply());
        sftp_ = channel.client;
        SessionParts parts;
        parts.config = std::move(transport);
        AuthClientConfig auth;
        auth.user = config_.user;
        parts.auth =
            make_auth_client(auth, std::make_unique<Credentials>(config_.key, config_.password));
        parts.connection = make_connection_layer({}, make_sftp_client_handler(std::move(channel)));
        NACRE_CHECK(link_.start(std::move(parts)));
        return wait(ready);
    }
    Result<void> put(std::string_view path, const Bytes& data) {
        sftp::OpenFlags flags;
        flags.write = flags.create = flags.truncate = true;
        NACRE_TRY(const auto handle, open(path, flags));
        NACRE_CHECK(write_all(handle, data));
        return get<void>([&](auto reply) { sftp_->close_handle(handle, std::move(reply)); });
    }
    /// Writes over what is there, at `offset`.
    Result<void> patch(std::string_view path, std::uint64_t offset, ByteView data) {
        sftp::OpenFlags flags;
        flags.read = flags.write = flags.create = true;
        NACRE_TRY(const auto handle, open(path, flags));
        NACRE_CHECK(
            get<void>([&](auto reply) { sftp_->write(handle, offset, data, std::move(reply)); }));
        return get<void>([&](auto reply) { sftp_->close_handle(handle, std::move(reply)); });
    }
    Result<Bytes> fetch(std::string_view path) {
        sftp::OpenFlags flags;
        flags.read = true;
        NACRE_TRY(const auto handle, open(path, flags));
        Bytes data;
        NACRE_CHECK(get<std::uint64_t>([&](auto reply) {
            sftp::download(
                sftp_, handle, 0, std::nullopt,
                [&data](ByteView part) -> Result<void> {
                    append(data, part);
                    return {};
                },
                std::move(reply));
        }));
        NACRE_CHECK(get<void>([&](auto reply) { sftp_->close_handle(handle, std::move(reply)); }));
        return data;
    }
    Result<std::size_t> list(std::string_view path) {
        NACRE_TRY(const auto entries, get<std::vector<sftp::RemoteEntry>>([&](auto reply) {
                      sftp::list_directory(sftp_, path, std::move(reply));
                  }));
        return entries.size();
    }
    /// Begins an upload that never ends and is gone, without a word, when `bytes` were asked for.
    Result<void> leave_uploading(std::string_view path, std::uint64_t bytes) {
        sftp::OpenFlags flags;
        flags.write = flags.create = flags.truncate = true;
        NACRE_TRY(const auto handle, open(path, flags));
        auto asked = std::make_shared<std::uint64_t>(0);
        sftp::upload(
            sftp_, handle, 0,
            [asked](ByteSpan room) -> Result<std::size_t> {
                std::fill(room.begin(), room.end(), std::uint8_t{7});
                *asked += room.size();
                return room.size();
            },
            Reply<std::uint64_t>::from([](Result<std::uint64_t>&&) {}));
        if (link_.run_until([&] { return *asked >= bytes; })) return {};
        return failed("the upload did not get under way");
    }
    /// Begins a download and is gone when `bytes` are there.
    Result<void> leave_downloading(std::string_view path, std::uint64_t bytes) {
        sftp::OpenFlags flags;
        flags.read = true;
        NACRE_TRY(const auto handle, open(path, flags));
        auto got = std::make_shared<std::uint64_t>(0);
        sftp::download(
            sftp_, handle, 0, std::nullopt,
            [got](ByteView part) -> Result<void> {
                *got += part.size();
                return {};
            },
            Reply<std::uint64_t>::from([](Result<std::uint64_t>&&) {}));
        if (link_.run_until([&] { return *got >= bytes; })) return {};
        return failed("the download did not get under way");
    }
    /// The orderly way.
    void leave() { link_.close(); }
    std::uint64_t key_exchanges() const { return link_.info().key_exchanges; }

  private:
    class Trusting final : public HostKeyVerifier {
      public:
        void verify(const PublicKey&, Reply<void> reply) override { reply({}); }
    };
    class Credentials final : public AuthClientHandler {
      public:
        Credentials(std::shared_ptr<Signer> key, std::string password)
            : key_(std::move(key)), password_(std::move(password)) {}
        std::vector<std::shared_ptr<Signer>> keys() override {
            if (key_ == nullptr) return {};
            return {key_};
        }
        void password(std::uint32_t attempt, Reply<SecretBytes> reply) override {
            if (password_.empty() || attempt != 0) return reply(failed("no other password"));
            reply(SecretBytes(as_bytes(password_)));
        }

      private:
        const std::shared_ptr<Signer> key_;
        const std::string password_;
    };

    static Error failed(const char* what) {
        return {Errc::local_failed, Disconnect::none, 0, what};
    }
    template <class T>
    Result<T> wait(const Answered<T>& answered) {
        if (link_.run_until([&] { return answered.here(); })) return std::move(**answered.place);
        return Error{Errc::closed, Disconnect::none, 0, "the session ended before the answer"};
    }
    template <class T, class F>
    Result<T> get(F f) {
        Answered<T> answered;
        f(answered.reply());
        return wait(answered);
    }
    Result<sftp::RemoteHandle> open(std::string_view path, sftp::OpenFlags flags) {
        return get<sftp::RemoteHandle>(
            [&](auto reply) { sftp_->open(path, flags, {}, std::move(reply)); });
    }
    Result<void> write_all(const sftp::RemoteHandle& handle, ByteView data) {
        NACRE_CHECK(get<std::uint64_t>([&](auto reply) {
            sftp::upload(
                sftp_, handle, 0,
                [&data](ByteSpan room) -> Result<std::size_t> {
                    const std::size_t n = std::min(room.size(), data.size());
                    std::copy_n(data.begin(), n, room.begin());
                    data = data.subspan(n);
                    return n;
                },
                std::move(reply));
        }));
        return {};
    }

    const VisitorConfig config_;
    std::shared_ptr<sftp::Client> sftp_;
    tools::Link link_;
};

}  // namespace nacre::test
