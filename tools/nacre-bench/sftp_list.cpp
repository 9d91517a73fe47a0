// Reading a folder to its end, in each session.
#include "sftp.hpp"

namespace nacre::bench {

namespace {

constexpr std::size_t kLoginsAtOnce = 8;

struct Listings : Outcome {
    std::uint64_t entries = 0;
    std::uint64_t replies = 0;
};

/// One reading. Lives in the replies it waits for.
class Listing final : public std::enable_shared_from_this<Listing> {
  public:
    Listing(std::shared_ptr<sftp::Client> client, std::shared_ptr<Listings> all)
        : client_(std::move(client)), all_(std::move(all)) {}

    void start(const std::string& path) {
        client_->open_directory(
            path, Reply<sftp::RemoteHandle>::from(
                      [self = shared_from_this()](Result<sftp::RemoteHandle>&& handle) {
                          if (!handle) return self->all_->fail(handle.error());
                          self->handle_ = std::move(*handle);
                          self->read();
                      }));
    }

  private:
    using Entries = std::vector<sftp::RemoteEntry>;

    void read() {
        client_->read_directory(
            handle_, Reply<Entries>::from([self = shared_from_this()](Result<Entries>&& entries) {
                if (!entries) return self->all_->fail(entries.error());
                if (entries->empty()) return self->close();
                self->all_->entries += entries->size();
                ++self->all_->replies;
                self->read();
            }));
    }

    void close() {
        client_->close_handle(handle_,
                              Reply<void>::from([self = shared_from_this()](Result<void>&& closed) {
                                  if (!closed) return self->all_->fail(closed.error());
                                  --self->all_->left;
                              }));
    }

    std::shared_ptr<sftp::Client> client_;
    std::shared_ptr<Listings> all_;
    sftp::RemoteHandle handle_;
};

}  // namespace

Result<void> load_list(const SftpLoad& load) {
    const SftpPlan& plan = load.plan;
    NACRE_TRY(const auto sessions, load.loop.connect_all(plan.sessions, kLoginsAtOnce));
    LoadMeter meter(load.server, kPerEntry);
    std::vector<Figure> more;
    for (std::size_t run = 0; run < plan.runs; ++run) {
        const auto all = std::make_shared<Listings>();
        all->left = sessions.size();
        meter.start();
        for (std::size_t i = 0; i < sessions.size(); ++i)
            std::make_shared<Listing>(sessions[i]->client(), all)
                ->start(path_of_session(plan.path, i));
        NACRE_CHECK(wait_for(load.loop, *all));
        if (all->entries == 0)
            return Error{Errc::local_misuse, Disconnect::none, 0, "the folder is empty"};
        meter.stop(load.loop, static_cast<double>(all->entries));
        more = {{"entries", static_cast<double>(all->entries)},
                {"entries/reply",
                 static_cast<double>(all->entries) / static_cast<double>(all->replies)}};
    }
    Facts facts = facts_of(plan.server);
    facts.emplace_back("sessions", std::to_string(plan.sessions));
    meter.report(load.report, "list", facts, std::move(more));
    return {};
}

}  // namespace nacre::bench
