#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#ifndef VERSION
#define VERSION 1
#endif

#define SERVER_IP {10, 0, 0, 10}
#define SERVER_PORT 80
#define CHECK_MS 60000  /* between two looks at the server */
#define TRIAL_MS 180000 /* a new version that has not reached the server by then goes back to the old one */
#define DOWNLOAD_MS 120000

#endif
