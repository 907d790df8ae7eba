# Writes a .cc that has a text file as a string constant.
# Run as: cmake -DOUT=<a.cc> -DTEXT=<a.md> -DHEADER=<a.h> -DNAMESPACE=<a::b> -DNAME=<kText> -P text.cmake
file(READ ${TEXT} text)
string(REPLACE ")LOADCTLTEXT" ") LOADCTLTEXT" text "${text}")
file(WRITE ${OUT} "// Made by scripts/cmake/text.cmake.\n#include \"${HEADER}\"\nnamespace ${NAMESPACE} {\nconst std::string_view ${NAME} = R\"LOADCTLTEXT(${text})LOADCTLTEXT\";\n}  // namespace ${NAMESPACE}\n")
