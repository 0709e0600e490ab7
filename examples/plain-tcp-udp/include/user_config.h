#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#define FIND_PORT 1025
#define FIND_QUESTION "who is there?"
#define DEVICE_NAME "plug"

#define ECHO_PORT 7000
#define ECHO_CLIENTS 3 /* at a time: each may take 9 KB */
#define ECHO_IDLE_S 60 /* a client that says nothing for so long is disconnected */

#endif
