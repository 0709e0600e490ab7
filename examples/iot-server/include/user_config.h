#ifndef USER_CONFIG_H
#define USER_CONFIG_H

/* SERVER_SSL_ENABLE, a macro of the build as in the SDK's IoT_Demo: with TLS, otherwise plain TCP. */
#ifdef SERVER_SSL_ENABLE
#define SERVER_PORT 443
#else
#define SERVER_PORT 80
#endif

#define CA_SECTOR 0x7B   /* esp_ca_cert.bin, if clients are to be checked */
#define SEND_MAX 1024    /* bytes: most that one espconn_secure_sent takes */
#define REBOOT_MS 100

#endif
