#ifndef APP_H
#define APP_H

#include "user_config.h"

void find_init(void);
void echo_init(void);

#endif
