#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#define SLEEP_S 60
#define SEND_EVERY 5    /* readings: the radio is needed at each fifth wake only */
#define READINGS_MAX 20 /* what is kept while nobody can be reached */
#define AWAKE_MAX_MS 8000

#define COLLECTOR_IP {10, 0, 0, 10}
#define COLLECTOR_PORT 8443
#define TLS_SIZE 3072

#endif
