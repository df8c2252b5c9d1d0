#!/usr/bin/env -S node --conditions=@radondb/source
export {};
