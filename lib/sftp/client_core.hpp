/// \file
/// The state of a client: requests that wait for their reply, by id.
#pragma once
#include "sftp/client_codec.hpp"
#include "sftp/client_values.hpp"
#include "sftp/framing.hpp"
#include "sftp/requests.hpp"

#include <algorithm>
#include <map>

namespace nacre::sftp {

class ClientCore final : public Client, public std::enable_shared_from_this<ClientCore> {
  public:
    ClientCore(ClientConfig config, Reply<void> ready)
        : config_(std::move(config)),
          max_version_(std::clamp(config_.max_version, kMinVersion, kMaxVersion)),
          ready_reply_(std::move(ready)) {
        identify(config_.peer_version, config_.our_version);
    }

    const RemoteServer& server() const noexcept override { return server_; }
    bool ready() const noexcept override { return state_ == State::ready; }
    bool ended() const noexcept override { return state_ == State::ended; }
    std::size_t pending() const noexcept override { return pending_.size(); }
    std::size_t backlog() const noexcept override {
        return out_.size() + (port_ == nullptr ? 0 : port_->backlog());
    }
    void identify(std::string_view peer_version, std::string_view our_version) override;
    void close(const Error& why) override { end(why); }

    void open(std::string_view path, OpenFlags flags, const Attrs& attrs,
              Reply<RemoteHandle> reply) override;
    void close_handle(const RemoteHandle& handle, Reply<void> reply) override;
    void read(const RemoteHandle& handle, std::uint64_t offset, std::uint32_t length,
              Reply<RemoteData> reply) override;
    void write(const RemoteHandle& handle, std::uint64_t offset, ByteView data,
               Reply<void> reply) override;
    void stat(std::string_view path, Follow follow, AttrMask wanted, Reply<Attrs> reply) override;
    void stat(const RemoteHandle& handle, AttrMask wanted, Reply<Attrs> reply) override;
    void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                  Reply<void> reply) override;
    void set_stat(const RemoteHandle& handle, const Attrs& attrs, Reply<void> reply) override;
    void open_directory(std::string_view path, Reply<RemoteHandle> reply) override;
    void read_directory(const RemoteHandle& handle, Reply<std::vector<RemoteEntry>> reply) override;
    void remove(std::string_view path, Reply<void> reply) override;
    void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) override;
    void remove_directory(std::string_view path, Reply<void> reply) override;
    void real_path(std::string_view path, Reply<std::string> reply) override;
    void real_path(std::string_view path, PathCheck check,
                   const std::vector<std::string_view>& compose, Reply<RealPath> reply) override;
    void rename(std::string_view from, std::string_view to, bool overwrite,
                Reply<void> reply) override;
    void read_link(std::string_view path, Reply<std::string> reply) override;
    void symlink(std::string_view target, std::string_view link, Reply<void> reply) override;
    void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) override;
    void stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) override;
    void stat_filesystem(const RemoteHandle& handle, Reply<FilesystemStats> reply) override;
    void sync(const RemoteHandle& handle, Reply<void> reply) override;
    void expand_path(std::string_view path, Reply<std::string> reply) override;
    void copy_data(const RemoteHandle& from, std::uint64_t from_offset, std::uint64_t length,
                   const RemoteHandle& to, std::uint64_t to_offset, Reply<void> reply) override;
    void home_directory(std::string_view user, Reply<std::string> reply) override;
    void names_of(const std::vector<std::uint32_t>& uids, const std::vector<std::uint32_t>& gids,
                  Reply<Names> reply) override;
    void block(const RemoteHandle& handle, std::uint64_t offset, std::uint64_t length,
               BlockMask mask, Reply<void> reply) override;
    void unblock(const RemoteHandle& handle, std::uint64_t offset, std::uint64_t length,
                 Reply<void> reply) override;
    void text_seek(const RemoteHandle& handle, std::uint64_t line, Reply<void> reply) override;
    void check_file(const RemoteHandle& handle, std::string_view algorithms, std::uint64_t start,
                    std::uint64_t length, std::uint32_t block_size,
                    Reply<RemoteHashes> reply) override;
    void check_file(std::string_view path, std::string_view algorithms, std::uint64_t start,
                    std::uint64_t length, std::uint32_t block_size,
                    Reply<RemoteHashes> reply) override;
    void md5_hash(const RemoteHandle& handle, std::uint64_t start, std::uint64_t length,
                  ByteView quick_check, Reply<Bytes> reply) override;
    void md5_hash(std::string_view path, std::uint64_t start, std::uint64_t length,
                  ByteView quick_check, Reply<Bytes> reply) override;
    void copy_file(std::string_view from, std::string_view to, bool overwrite,
                   Reply<void> reply) override;
    void space_available(std::string_view path, Reply<RemoteSpace> reply) override;
    void temporary_folder(Reply<std::string> reply) override;
    void make_temporary_folder(Reply<std::string> reply) override;
    void send_vendor(const VendorId& vendor, Reply<void> reply) override;
    void translate_names(bool translate, Reply<void> reply) override;

    // What the channel tells, through the sink.
    void on_open(ChannelPort& port);
    void on_data(Payload payload);
    void on_eof();
    void on_batch_end();
    void on_close(CloseReason why) noexcept;

    /// Ends the session; the first error counts.
    void end(const Error& why);

  private:
    enum class State : std::uint8_t {
        opening,       ///< the channel, or its subsystem
        wait_version,  ///< INIT was sent
        wait_select,   ///< version-select was sent
        wait_limits,   ///< limits@openssh.com was asked
        ready,
        ended,
    };
    using Answer =
        std::variant<Reply<void>, Reply<RemoteHandle>, Reply<RemoteData>, Reply<Attrs>,
                     Reply<std::vector<RemoteEntry>>, Reply<std::string>, Reply<RealPath>,
                     Reply<FilesystemStats>, Reply<Limits>, Reply<Names>, Reply<RemoteHashes>,
                     Reply<Bytes>, Reply<RemoteSpace>>;
    struct Pending {
        Answer answer;
        std::size_t expected = 0;  ///< READ: bytes asked for; users-groups: users
        std::size_t groups = 0;    ///< users-groups
    };

    // client_core.cpp
    void begin();
    void take_messages();
    Result<void> take(Message& message);
    Result<void> take_version(const Message& message);
    void speak(std::uint32_t version);
    template <class T, void (ClientCore::*Arrived)(Result<T>&&)>
    Result<void> ask_first(State state, const Request& request);
    Result<void> select(std::uint32_t version);
    void on_selected(Result<void>&& answer);
    Result<void> ask_limits();
    void on_limits(Result<Limits>&& answer);
    void become_ready();
    Result<void> settle(Pending& pending, const ReplyBody& body);
    template <class T>
    Result<void> settle_one(Reply<T>& reply, const Pending& pending, const ReplyBody& body);
    Result<void> settle_data(Pending& pending, Message& message);
    void flush();

    // client_operations.cpp
    /// Sends `request` and `data` behind it, if the session can; else answers at once.
    template <class T>
    void ask(const Request& request, Reply<T> reply, ByteView data = {}, std::size_t expected = 0,
             std::size_t groups = 0);
    /// The same if `available`.
    template <class T>
    void ask_if(bool available, const Request& request, Reply<T> reply, std::size_t expected = 0,
                std::size_t groups = 0);
    Result<void> send(std::uint32_t id, const Request& request, ByteView data);

    ClientConfig config_;
    std::uint32_t max_version_;  // 3 .. 6
    Reply<void> ready_reply_;
    ChannelPort* port_ = nullptr;
    State state_ = State::opening;
    Error why_ended_{};
    RemoteServer server_;
    Dialect dialect_;
    CheckFileForm check_file_form_ = CheckFileForm::digests;
    std::unique_ptr<ClientCodec> codec_;  // from VERSION on
    std::uint32_t selecting_ = 0;         // asked for by version-select
    Framing framing_{kMaxReply, Framing::Apart::data};
    Message message_;  // being taken
    Bytes out_;        // requests not yet submitted
    bool in_batch_ = false;
    bool taking_ = false;
    std::uint32_t next_id_ = 0;
    std::map<std::uint32_t, Pending> pending_;  // in the order sent
    Lifeline line_{this};
};

}  // namespace nacre::sftp
