@echo off
rem The gatehouse command of an installed copy, on Windows.
"%~dp0..\runtime\node.exe" "%~dp0..\program\out\headless\index.js" %*
