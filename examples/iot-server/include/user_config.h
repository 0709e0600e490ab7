#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#define SERVER_PORT 443
#define TLS_SIZE 4096    /* bytes: what one message or record of a client may take */
#define SEND_MAX 1024    /* bytes: most that one espconn_secure_sent takes */
#define REBOOT_MS 100

#endif
