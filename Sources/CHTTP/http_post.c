#include "http_post.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct assay_http_client {
    CURL *curl;
    uint8_t *body;
    size_t length, capacity, limit;
    int is_too_long;
    char message[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_up(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

assay_http_client *assay_http_open(void) {
    pthread_once(&once, set_up);
    assay_http_client *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->curl = curl_easy_init();
    if (!client->curl) {
        free(client);
        return NULL;
    }
    return client;
}

void assay_http_close(assay_http_client *client) {
    if (!client) return;
    curl_easy_cleanup(client->curl);
    free(client->body);
    free(client);
}

static size_t take(char *bytes, size_t one, size_t count, void *context) {
    assay_http_client *client = context;
    size_t size = one * count;
    if (size > client->limit - client->length) {
        client->is_too_long = 1;
        return 0;
    }
    if (client->length + size > client->capacity) {
        size_t capacity = (client->length + size) * 2;
        uint8_t *body = realloc(client->body, capacity);
        if (!body) return 0;
        client->body = body;
        client->capacity = capacity;
    }
    memcpy(client->body + client->length, bytes, size);
    client->length += size;
    return size;
}


static void configure(
    assay_http_client *client, const char *url, struct curl_slist *headers, const uint8_t *body,
    size_t length, double seconds) {
    CURL *curl = client->curl;
    // Settings of an earlier call go, its connections stay.
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(seconds * 1000) + 1);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->message);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

struct assay_http_reply assay_http_post(
    assay_http_client *client, const char *url, const char *const headers[], int count,
    const uint8_t *body, size_t length, double seconds, size_t limit) {
    struct assay_http_reply reply = {.end = ASSAY_HTTP_FAILED, .retry_after = -1};
    client->length = 0;
    client->limit = limit;
    client->is_too_long = 0;
    client->message[0] = 0;
    struct curl_slist *list = NULL;
    for (int i = 0; i < count; i++) {
        struct curl_slist *longer = curl_slist_append(list, headers[i]);
        if (!longer) {
            curl_slist_free_all(list);
            reply.message = "out of memory";
            return reply;
        }
        list = longer;
    }
    configure(client, url, list, body, length, seconds);
    CURLcode code = curl_easy_perform(client->curl);
    curl_slist_free_all(list);
    if (client->is_too_long) {
        reply.end = ASSAY_HTTP_TOO_LONG;
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        reply.end = ASSAY_HTTP_LATE;
    } else if (code == CURLE_OK) {
        reply.end = ASSAY_HTTP_ANSWERED;
        curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &reply.status);
        curl_off_t wait = 0;
        if (curl_easy_getinfo(client->curl, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0)
            reply.retry_after = (double)wait;
    }
    reply.body = client->body;
    reply.length = client->length;
    reply.message = client->message[0] ? client->message : curl_easy_strerror(code);
    return reply;
}
