/// \file
/// The dispatcher: takes requests off the channel one after the other, starts each when the order
/// allows it, and sends one reply for each.
///
/// Requests start in the order they came in. READs and WRITEs may be under way together, every
/// other request keeps later ones waiting until it is done (see Order). So at most one request
/// waits here; what comes behind it stays in the pieces it was received in, without credit.
#pragma once
#include "sftp/announce.hpp"
#include "sftp/codec.hpp"
#include "sftp/framing.hpp"
#include "sftp/handles.hpp"
#include "sftp/quirks.hpp"
#include "sftp/replies.hpp"
#include "sftp/requests.hpp"
#include "sftp/scan.hpp"

#include <nacre/sftp/server.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nacre::sftp {

class Engine final : public ChannelSink {
  public:
    /// Most bytes and pieces of adjacent WRITEs given to a file at once.
    static constexpr std::size_t kMaxGatherBytes = 1024 * 1024;
    static constexpr std::size_t kMaxGatherPieces = 512;
    /// Longest path (include/nacre/sftp/filesystem.hpp).
    static constexpr std::size_t kMaxPath = 4096;
    /// Bytes of a short entry in a NAME, for how many are read from a directory at once.
    static constexpr std::size_t kEntry = 100;
    /// Most ids in one users-groups-by-id: their names fit what clients take.
    static constexpr std::size_t kMaxIds = 4096;

    Engine(std::shared_ptr<Filesystem> filesystem, ServerConfig config,
           std::shared_ptr<ServerObserver> observer);
    ~Engine() override;

    void on_open(ChannelPort& port) override;
    void on_data(Payload payload) override;
    void on_extended(std::uint32_t type, Payload payload) override;
    void on_request(const ChannelRequestView& request, Reply<bool> reply) override;
    void on_eof() override;
    void on_writable() override;
    void on_batch_end() override;
    std::optional<Instant> deadline() const noexcept override;
    void on_deadline(Instant now) override;
    bool busy() const noexcept override {
        return !ended() && (handles_.used() != 0 || replies_.pending() != 0);
    }
    void on_close(CloseReason why) noexcept override;

  private:
    enum class State : std::uint8_t {
        wait_init,  ///< nothing but INIT is taken
        running,
        draining,  ///< the client sends no more; what it sent is being answered
        ended,
    };

    /// One request, from the channel to its reply. Used again for later ones.
    struct Slot {
        Message message;  ///< what the views in `request` refer to
        Request request;
        std::uint32_t id = 0;
        Replies::Ticket ticket = 0;
        std::uint32_t index = 0;       ///< in slots_
        std::uint32_t generation = 0;  ///< tells late answers to an earlier use
        bool in_use = false;
        OpenHandle* handle = nullptr;
        OpenHandle* target = nullptr;  ///< second handle of copy-data
        /// READ and WRITE under way: bytes of the file, and where in active_ this stands.
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::size_t active_index = 0;
        Slot* next_write = nullptr;  ///< gathered behind this one
        bool alone = false;          ///< this WRITE is being retried without those behind it
        std::size_t written = 0;     ///< of this WRITE
        std::shared_ptr<File> file;  ///< being closed
        std::string path;            ///< for the second step of requests that have two
        std::unique_ptr<Scan> scan;  ///< of a request that has the engine read a file
        bool first = false;          ///< the first request behind VERSION
    };

    /// WRITEs that follow each other in one file, not yet handed to it.
    struct Gathered {
        Slot* first = nullptr;
        Slot* last = nullptr;
        std::size_t bytes = 0;
    };

    // engine.cpp: taking, ordering, finishing
    void pump(bool flush);
    bool step();
    bool take();
    void admit(Slot& slot);
    Result<void> check(Slot& slot);
    bool ready(Slot& slot);
    void start(Slot& slot);
    Slot& acquire();
    void finish(Slot& slot);
    void activate(Slot& slot, std::uint64_t begin, std::uint64_t end);
    void deactivate(Slot& slot);
    Order order_of(const Slot& slot) const noexcept;
    bool overlaps(const Slot& slot, std::uint64_t begin, std::uint64_t end, bool is_write) const;
    void end(Error why, std::uint32_t exit_status, bool tell_peer,
             HandleEnd handles = HandleEnd::by_server);
    void close_handles(HandleEnd why) noexcept;
    bool ended() const noexcept { return state_ == State::ended; }

    // opening.cpp
    void take_init(Slot& slot);
    void speak(std::uint32_t version);
    bool omitted(const Message& message) const;
    std::vector<Extension> announced() const;
    void run(Slot& slot, const VersionSelectRequest& request);
    void run(Slot& slot, const VendorIdRequest& request);
    void run(Slot& slot, const FilenameTranslationControlRequest& request);

    // engine.cpp: replies
    void sent(bool submitted);
    /// Answers with what write(Bytes&) appends.
    template <class Write>
    void reply(Slot& slot, Write&& write) {
        const bool submitted = replies_.give(slot.ticket, write);
        finish(slot);
        sent(submitted);
    }
    void answer(Slot& slot, Status status);
    void answer(Slot& slot, const Error& error);
    void answer(Slot& slot, Status status, const char* text);
    void answer(Slot& slot, Result<void>&& result);

    /// The reply object for the next answer to `slot`: calls Method(slot, answer).
    template <class T, void (Engine::*Method)(Slot&, Result<T>&&)>
    Reply<T> reply_to(Slot& slot) {
        const auto token = (std::uint64_t{slot.generation} << 32) | slot.index;
        return Reply<T>(line_.ref(), token, [](void* target, std::uint64_t to, Result<T>&& result) {
            auto& engine = *static_cast<Engine*>(target);
            Slot* found = engine.find(to);
            if (found == nullptr) return;
            (engine.*Method)(*found, std::move(result));
            engine.pump(true);
        });
    }
    Slot* find(std::uint64_t token) noexcept;
    /// Answers op_unsupported if the Filesystem lacks the group.
    bool supported(Slot& slot, const void* group) {
        if (group == nullptr) answer(slot, failure(Status::op_unsupported));
        return group != nullptr;
    }
    Reply<void> status_reply(Slot& slot) { return reply_to<void, &Engine::answer>(slot); }

    // read_path.cpp
    void run(Slot& slot, const ReadRequest& request);
    void on_read(Slot& slot, Result<ReadBuffer>&& answer);

    // write_path.cpp
    void run(Slot& slot, const WriteRequest& request);
    bool joins_gathered(const Slot& slot, const WriteRequest& request) const noexcept;
    void flush_writes();
    void write_from(Slot& first);
    void on_written(Slot& first, Result<WriteBuffer>&& answer);
    void on_written_short(Slot& first, WriteBuffer&& buffer);
    Slot* finish_write(Slot& slot, const Error* error);

    // operations.cpp
    void run(Slot& slot, const OpenRequest& request);
    void run(Slot& slot, const CloseRequest& request);
    void run(Slot& slot, const StatRequest& request);
    void run(Slot& slot, const FstatRequest& request);
    void run(Slot& slot, const SetstatRequest& request);
    void run(Slot& slot, const FsetstatRequest& request);
    void run(Slot& slot, const OpendirRequest& request);
    void run(Slot& slot, const ReaddirRequest& request);
    void run(Slot& slot, const RemoveRequest& request);
    void run(Slot& slot, const MkdirRequest& request);
    void run(Slot& slot, const RmdirRequest& request);
    void run(Slot& slot, const RealpathRequest& request);
    void run(Slot& slot, const RenameRequest& request);
    void run(Slot& slot, const ReadlinkRequest& request);
    void run(Slot& slot, const SymlinkRequest& request);
    void run(Slot& slot, const HardlinkRequest& request);
    void on_opened(Slot& slot, Result<std::shared_ptr<File>>&& answer);
    void on_opened_directory(Slot& slot, Result<std::shared_ptr<Directory>>&& answer);
    void on_entries(Slot& slot, Result<std::vector<DirEntry>>&& answer);
    void on_more_entries(Slot& slot, Result<std::vector<DirEntry>>&& answer);
    void send_names(Slot& slot);
    std::size_t entries_at_once() const noexcept;
    void on_attrs(Slot& slot, Result<Attrs>&& answer);
    void on_path(Slot& slot, Result<std::string>&& answer);
    void on_real_path(Slot& slot, Result<RealPath>&& answer);

    // operations_extensions.cpp
    void run(Slot& slot, const BlockRequest& request);
    void run(Slot& slot, const UnblockRequest& request);
    void run(Slot& slot, const CopyFileRequest& request);
    void run(Slot& slot, const SpaceAvailableRequest& request);
    void run(Slot& slot, const GetTempFolderRequest& request);
    void run(Slot& slot, const MakeTempFolderRequest& request);
    void on_space(Slot& slot, Result<FilesystemStats>&& answer);

    // scan_path.cpp
    void run(Slot& slot, const CheckFileHandleRequest& request);
    void run(Slot& slot, const CheckFileNameRequest& request);
    void run(Slot& slot, const Md5HashRequest& request);
    void run(Slot& slot, const Md5HashHandleRequest& request);
    void run(Slot& slot, const TextSeekRequest& request);
    void hash(Slot& slot, bool valid, std::unique_ptr<Scan> scan, std::string_view path);
    void on_scan_opened(Slot& slot, Result<std::shared_ptr<File>>&& answer);
    void scan_further(Slot& slot);
    void on_scanned(Slot& slot, Result<ReadBuffer>&& answer);
    void end_scan(Slot& slot, Result<void> how);

    // operations_openssh.cpp
    using Names = Users::Names;
    void run(Slot& slot, const StatvfsRequest& request);
    void run(Slot& slot, const FstatvfsRequest& request);
    void run(Slot& slot, const FsyncRequest& request);
    void run(Slot& slot, const LimitsRequest& request);
    void run(Slot& slot, const ExpandPathRequest& request);
    void run(Slot& slot, const CopyDataRequest& request);
    void run(Slot& slot, const HomeDirectoryRequest& request);
    void run(Slot& slot, const UsersGroupsRequest& request);
    void on_statvfs(Slot& slot, Result<FilesystemStats>&& answer);
    void on_home(Slot& slot, Result<std::string>&& answer);
    void on_names_of(Slot& slot, Result<Names>&& answer);

    std::shared_ptr<Filesystem> filesystem_;
    ServerConfig config_;
    std::shared_ptr<ServerObserver> observer_;
    ChannelPort* port_ = nullptr;
    State state_ = State::wait_init;
    Quirks quirks_;
    std::uint32_t client_version_ = 0;  // of INIT
    bool fresh_ = false;                // no request came behind VERSION yet
    std::unique_ptr<Codec> codec_;
    Framing framing_;
    Handles handles_;
    Replies replies_;

    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<Slot*> free_slots_;
    Slot* incoming_ = nullptr;   // its message is not all here
    Slot* head_ = nullptr;       // taken, may not start yet
    Slot* barrier_ = nullptr;    // under way, nothing else starts
    std::vector<Slot*> active_;  // READs and WRITEs under way
    Gathered gathered_;
    Slot* scan_due_ = nullptr;  // goes on when others had their turn
    std::uint32_t writes_ = 0;  // WRITEs among active_
    std::size_t reading_ = 0;   // bytes that READs under way will put out
    bool pumping_ = false;
    Lifeline line_{this};
};

}  // namespace nacre::sftp
