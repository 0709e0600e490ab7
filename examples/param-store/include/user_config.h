#ifndef USER_CONFIG_H
#define USER_CONFIG_H

#define PARAM_SECTOR 0x200 /* and the two behind it: clear of programs and of the SDK's own sectors */
#define TICK_MS 500

#endif
