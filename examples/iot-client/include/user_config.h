#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#define CLOUD_NAME "cloud.example"
/* CLIENT_SSL_ENABLE, a macro of the build as in the SDK's IoT_Demo: with TLS, otherwise plain TCP. */
#ifdef CLIENT_SSL_ENABLE
#define CLOUD_PORT 8443
#else
#define CLOUD_PORT 8000
#endif
#define CA_SECTOR 0x3B /* esp_ca_cert.bin, if the server is to be checked */

#define CHECK_IP_MS 100
#define DNS_RETRY_MS 1000
#define BEACON_MS 50000
#define RECONNECT_MS 1000 /* doubled after each failure */
#define RECONNECT_MAX_MS 64000

#endif
