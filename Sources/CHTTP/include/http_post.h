#ifndef ASSAY_HTTP_POST_H
#define ASSAY_HTTP_POST_H

#include <stddef.h>
#include <stdint.h>

/// A client with a connection that is kept open between calls; for one thread at a time.
typedef struct assay_http_client assay_http_client;

/// How a call ended.
enum assay_http_end {
    ASSAY_HTTP_ANSWERED = 0,
    ASSAY_HTTP_LATE = 1,
    ASSAY_HTTP_TOO_LONG = 2,
    ASSAY_HTTP_FAILED = 3,
};

/// What came back.
struct assay_http_reply {
    int end;
    /// HTTP status where a server answered.
    long status;
    /// Seconds of a Retry-After header, or -1.
    double retry_after;
    /// The body, `length` bytes; belongs to the client until its next call.
    const uint8_t *body;
    size_t length;
    /// What went wrong, in libcurl's words; belongs to the client until its next call.
    const char *message;
};

/// A new client, or NULL where memory is short.
assay_http_client *assay_http_open(void);
void assay_http_close(assay_http_client *client);

/// Sends `body` to `url` by POST and waits for the whole answer, for `seconds` at most.
///
/// `headers` are `count` lines such as `Name: value`. Only http and https are spoken, redirects are
/// not followed, and an answer above `limit` bytes is given up.
struct assay_http_reply assay_http_post(
    assay_http_client *client, const char *url, const char *const headers[], int count,
    const uint8_t *body, size_t length, double seconds, size_t limit);

#endif
