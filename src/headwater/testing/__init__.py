"""For tests of programs that use Headwater, and of Headwater itself."""
