#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#define CLOUD_NAME "cloud.example"
#define CLOUD_PORT 8443
#define TLS_SIZE 3072 /* bytes: what one message or record of the server may take */

#define CHECK_IP_MS 100
#define DNS_RETRY_MS 1000
#define BEACON_MS 50000
#define RECONNECT_MS 1000 /* doubled after each failure */
#define RECONNECT_MAX_MS 64000

#endif
