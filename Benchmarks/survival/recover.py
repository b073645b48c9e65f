#!/usr/bin/env python3
"""Puts a run directory back to what a disk without power would hold. Usage: recover.py RUN SHADOW

SHADOW is what fault.c wrote: for each inode its content as of its last fsync (f...), or the names in it
(d...). What was never synchronised is taken as lost: a name that its folder was not synchronised with, and the
content of a file. A disk may keep more than that, in any order.
"""
import os, pathlib, shutil, struct, sys, ctypes

class Time(ctypes.Structure):
    _fields_ = [("sec", ctypes.c_int64), ("nsec", ctypes.c_uint32), ("_", ctypes.c_int32)]

class Statx(ctypes.Structure):
    _fields_ = [("mask", ctypes.c_uint32), ("blksize", ctypes.c_uint32), ("attributes", ctypes.c_uint64),
                ("nlink", ctypes.c_uint32), ("uid", ctypes.c_uint32), ("gid", ctypes.c_uint32),
                ("mode", ctypes.c_uint16), ("_", ctypes.c_uint16), ("ino", ctypes.c_uint64),
                ("size", ctypes.c_uint64), ("blocks", ctypes.c_uint64), ("mask2", ctypes.c_uint64),
                ("atime", Time), ("btime", Time), ("rest", ctypes.c_uint8 * 256)]

def key(path):
    found = Statx()
    if ctypes.CDLL(None).statx(-100, os.fsencode(path), 0x100, 0xFFF, ctypes.byref(found)): return None
    return f"d{found.ino}-{found.btime.sec}.{found.btime.nsec}"

def restore(name, shadow, path):
    source = shadow / name
    if name[0] == "f":
        path.write_bytes(source.read_bytes() if source.exists() else b"")
        return
    path.mkdir()
    for line in source.read_text().splitlines() if source.exists() else []:
        inode, child = line.split(" ", 1)
        restore(inode, shadow, path / child)

def main():
    run, shadow = map(pathlib.Path, sys.argv[1:])
    if not run.exists(): return
    name = key(run)
    fresh = run.with_name(run.name + ".recovered")
    shutil.rmtree(fresh, ignore_errors=True)
    restore(name, shadow, fresh)
    shutil.rmtree(run)
    fresh.rename(run)

main()
